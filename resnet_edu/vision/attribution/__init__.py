"""Which pixels support a class? Each method is a function with a description; ``methods`` lists them."""
