"""What is known of Fern: the shapes its Python generator emits and the files it reads."""
