"""Room 1, numbers: losses, optimizers, the loop that runs them, and the record of what happened. NumPy only."""
