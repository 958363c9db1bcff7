"""What a window of motion means and what recognises it. Importing this package loads no torch."""
