"""What the commands read and write: arguments, files, standard input and output, pictures."""
