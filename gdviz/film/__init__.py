"""Room 3, files: arrays, times and paths become GIF, MP4 and PNG files. Knows nothing of gdviz but its problems."""
