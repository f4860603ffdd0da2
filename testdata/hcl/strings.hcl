escapes    = "tab\t quote\" backslash\\ line\n bell\a octal\101 hex\x42 u\u0043 U\U00000044"
bytes      = "\xff\xfe\200"
unicode    = "grüße, привет, 你好, 👋"
template   = "${join(",", var.list)} and ${ lookup({ a = "}" }, "a") }"
nested     = "${a}${b${c}d} $${e} $f {g}"
"quoted\"" = "a key with a quote"

text = <<EOT
First line
  indented "line" with \n and ${templates}
EOT

hanging = <<-EOT
    The closing tag's indent
      is taken
    from each line.
    EOT

ragged = <<-EOT
  unless one line
 has less of it
   EOT

list = [<<A
one
A
  , <<B
two
B
]
