"""The bundles that ship; `hnhar.model.bundle.bundled()` lists them."""
