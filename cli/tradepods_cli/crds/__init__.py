"""The CustomResourceDefinitions of our kinds, made of the models that read them."""
