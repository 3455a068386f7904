"""Forms: what people type → values, with a sentence for each that can't be understood."""
