--- The program that bin/spreetail runs.

os.exit(require("spreetail.command").main(arg), true)
