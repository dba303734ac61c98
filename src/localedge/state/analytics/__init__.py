"""Analytics Engine: the data points that Workers write, and the SQL that reads them."""
