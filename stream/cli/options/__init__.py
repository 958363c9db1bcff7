"""Options that several commands share, each declared once with its help, and what they become."""
