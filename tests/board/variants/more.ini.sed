# A command more, at the table's end.
s/^status *= 03/&\
flash = 04/
