"""`python -m metafleet.cli` is the `metafleet` command."""

from metafleet.cli.main import main

if __name__ == "__main__":
    main()
