scalar = 1
scalar = 2

list = [1]
list = ["two", 3]

block { a = 1 }
block { b = 2 }
block = { a = 3 }

started_as_list = [1]
started_as_list { a = 1 }

nested {
  text = "first"
  text = "second"
  more { a = 1 }
  more { a = 2 }
}
