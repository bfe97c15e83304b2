# The other hash.
s/^\[device\]/&\
hash = blake2s/
