"""The council's documents as frozen, validated types, and the schema of facts that follows."""
