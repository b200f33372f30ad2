"""Each change of the tables that are kept in SQL, a folder for each ``Schema``: frozen once released."""
