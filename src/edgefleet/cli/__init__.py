"""Commands: one thin file each; errors become exit codes here."""
