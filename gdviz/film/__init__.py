"""Room 3, files: arrays, times and paths become GIFs, MP4s and other files. Knows nothing of gdviz but its problems."""
