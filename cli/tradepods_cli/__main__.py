"""`python -m tradepods_cli` is `tradepods`."""

from tradepods_cli.main import main

if __name__ == "__main__":
    main()
