"""Room 4, documents: films and their words, put into slides, pages and handouts. One target a file."""
