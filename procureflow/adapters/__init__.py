"""The outside world: files, migrations, mail, the clock."""
