"""Where films go: what each place takes, and the documents that are made for it."""
