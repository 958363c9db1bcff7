"""The bundles that ship; `hnhar.model.bundle.bundle.bundled()` lists them."""
