# What the shell programs here have in common: a test is a command that succeeds. The program has made $directory.
# shellcheck shell=sh disable=SC2034,SC2154

passed=0
failed=0

# try "WHAT IS TRUE" COMMAND...
try() {
    name=$1
    shift
    if "$@" > "$directory/log" 2>&1; then
        echo "ok      $name"
        passed=$((passed + 1))
    else
        cat "$directory/log"
        echo "FAILED  $name"
        failed=$((failed + 1))
    fi
}

# with_lua LUADIR LIBDIR COMMAND...: the command, started where there is nothing, with these two directories before
# the system's own, from which lua-cjson comes.
with_lua() {
    (
        cd / || exit
        unset LUA_INIT LUA_INIT_5_2 LUA_INIT_5_3 LUA_INIT_5_4
        unset LUA_PATH_5_2 LUA_PATH_5_3 LUA_PATH_5_4 LUA_CPATH_5_2 LUA_CPATH_5_3 LUA_CPATH_5_4
        export LUA_PATH="$1/?.lua;$1/?/init.lua;;" LUA_CPATH="$2/?.so;;"
        shift 2
        "$@"
    )
}

# loads INTERPRETER LUADIR LIBDIR
loads() { with_lua "$2" "$3" "$1" -e 'assert(type(require "spreetail") == "table")'; }

only_entry_point_exported() {
    [ "$(nm -D --defined-only "$1" | awk '{ print $3 }')" = luaopen_spreetail_core ]
}

no_liblua_linked() { ! readelf -d "$1" | grep 'NEEDED.*lua'; }

# The last line of the program, and its status.
sum() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
