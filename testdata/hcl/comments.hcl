# a hash
// two slashes
/* a block
   over lines, with "quotes", # and // in it */
a = 1 # behind a value
b = [ // behind a bracket
  1,  # behind a comma
  /* before a value */ 2
  # before the end
]
c /* behind a key */ = /* before a value */ {
  # only a comment
}
d { # behind a brace
  e = "# no comment" // one
} /**/ /***/ f = 2
