"""Types of the messages for the clients, from publish/schema: `python -m tools.client_types`."""

from .files import FILES

for path, made in FILES.items():
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(made(), "utf-8")
    print(path)
