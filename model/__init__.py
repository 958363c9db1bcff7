"""Windows of motion, their modalities, and networks that recognize them. Importing this loads no torch."""
