"""Which pixels speak for a class? The methods, each a function with its description; ``methods`` lists them."""
