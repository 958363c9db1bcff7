"""The documentation's texts, installed with the package: `hnhar docs` prints them."""
