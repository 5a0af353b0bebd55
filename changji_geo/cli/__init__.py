"""The command line ``changji-geo``: one module per command group, each command calling one public function."""
