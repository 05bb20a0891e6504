-- What busted loads before any spec, and so only once. Each file of specs has modules of its own
-- otherwise, and cqueues doesn't bear that: loaded again, it no longer knows the controllers that it
-- made before, and when they are collected it raises an error or crashes.

require "cqueues"
require "cqueues.auxlib"
require "cqueues.condition"
require "cqueues.errno"
require "cqueues.socket"
