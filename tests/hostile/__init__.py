"""What others could hand to sdkpatch to make it do harm."""
