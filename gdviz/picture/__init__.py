"""Room 2, drawing: a story becomes frames, with matplotlib. Knows no files and no clock."""
