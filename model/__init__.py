"""What a window of motion means and what recognizes it. Importing this package loads no torch."""
