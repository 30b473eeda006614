# The report of ci/reach: reads what was reached, the sources, and what is explained. An item is
# what was not reached: in which file and function, at which line, and a text, of which an
# explanation quotes a piece. POSIX awk.

function trimmed(s) { sub(/^[ \t]+/, "", s); sub(/[ \t]+$/, "", s); return s }

function item(file, fn, line, text) {
  items++
  file_of[items] = file
  fn_of[items] = fn
  line_of[items] = line
  text_of[items] = text
}

# -- input --

function read_lines(   f, n, i, key, sides) {
  while ((getline < lines) > 0) {
    split($0, f, "\t")
    key = f[1] SUBSEP f[2]
    if (!(f[1] in last)) {
      files[++nfiles] = f[1]
      last[f[1]] = 0
      read_source(f[1])
    }
    if (f[2] > last[f[1]]) last[f[1]] = f[2]
    if (!(key in count)) of[key] = f[3]
    count[key] += f[4]
    # of a template or a constructor there are several, with equal branches: one that was taken does
    n = split(f[5], sides, " ")
    if (n > nsides[key]) nsides[key] = n
    for (i = 1; i <= n; i++) side[key, i] += sides[i]
  }
}

function read_source(file,   text, n, name) {
  while ((getline text < file) > 0) {
    source[file, ++n] = text
    # a variable that only a defect sets
    if (text ~ /bool [a-z_]+ =.*platform::defect\(/) {
      name = text
      sub(/^.*bool /, "", name)
      sub(/ .*$/, "", name)
      switches[file] = switches[file] " " name
    }
  }
  close(file)
  length_of[file] = n
  # and those that are handed on
  if (file == "runtime/safepoint.cpp") switches[file] = switches[file] " shares_stopwait"
  if (file == "runtime/syscall.cpp") switches[file] = switches[file] " asked_before plain"
}

function read_explained(   text, f) {
  while ((getline text < explained) > 0) {
    if (text ~ /^#/ || trimmed(text) == "") continue
    if (text ~ /^ /) {
      why[nexplained] = why[nexplained] " " trimmed(text)
      continue
    }
    nexplained++
    f = index(text, " | ")
    piece[nexplained] = substr(text, f + 3)
    split(substr(text, 1, f - 1), place, " ")
    in_file[nexplained] = place[1]
    in_fn[nexplained] = place[2]
  }
}

# -- branches --

function unbroken(s) { return s ~ /throw_\(|platform::fatal\(|[^a-z_]dead\(/ }

# Does the code ask for a defect, or for what only one sets? How often?
function mentions(file, text,   n, i, m, names, t) {
  if (text ~ /\/\/ the defect/) return 99  # it is nothing else
  sub(/\/\/.*$/, "", text)
  t = text
  n = gsub(/platform::defect\(/, "", t)
  m = split(switches[file], names, " ")
  for (i = 1; i <= m; i++) {
    t = " " text " "
    while (match(t, "[^a-z_.]" names[i] "[^a-z_(=]") || match(t, "[^a-z_.]" names[i] "\\(")) {
      n++
      t = " " substr(t, RSTART + RLENGTH - 1)
    }
  }
  return n
}

function code(file, line) { return trimmed(source[file, line]) }

function never_taken(key,   i, n) {
  for (i = 1; i <= nsides[key]; i++) n += side[key, i] == 0
  return n + 0
}

# Sides that a defect on their line accounts for: one each time that it is asked for, and both of
# what is asked behind it and so never was.
function of_defects(file, line,   n, i, key) {
  n = mentions(file, source[file, line])
  if (source[file, line - 1] ~ /&&$/) n += mentions(file, source[file, line - 1])
  key = file SUBSEP line
  for (i = 1; n && i < nsides[key]; i += 2) {
    if (side[key, i] == 0 && side[key, i + 1] == 0) n += 2
  }
  if (n && source[file, line] ~ /&&|\|\|/) n++  # and what the whole can then not be
  return n
}

# Lines never executed that follow the branch at `line`: the last of them, or 0. Further lines of
# the same condition come in between.
function region_after(file, line,   l, key, fn, end) {
  fn = of[file, line]
  for (l = line + 1; l <= last[file]; l++) {
    key = file SUBSEP l
    if (!(key in count)) {
      if (end && code(file, l) ~ /^}/) break
      continue
    }
    if (of[key] != fn) break
    if (count[key] == 0) {
      if (!end) begin_of_region = l
      end = l
      continue
    }
    if (end || never_taken(key) == 0 || code(file, l - 1) ~ /[;{}]( *\/\/.*)?$/) break
  }
  return end + 0
}

function text_between(file, from, to,   l, text) {
  for (l = from; l <= to && l < from + 14; l++) text = text " " code(file, l)
  return trimmed(text)
}

function look_at(file,   l, key, n, end, t, m) {
  for (l = 1; l <= last[file]; l++) {
    key = file SUBSEP l
    if (!(key in count)) continue
    # what cleans up behind an exception, or the end of a loop that has none
    if (code(file, l) ~ /^}[;)]*$/) {
      if (count[key] == 0) attached[key] = 1
      if (count[key] == 0 || never_taken(key)) continue
    }
    total_lines++
    total_sides += nsides[key]
    if (count[key] == 0) {
      unreached_lines++
      unreached_sides += nsides[key]
      if (!(key in attached)) start_region(file, l)
      continue
    }
    n = never_taken(key)
    unreached_sides += n
    if (n == 0) continue
    end = region_after(file, l)
    t = text_between(file, l, end ? end : l)
    m = t ~ /\/\/ the defect/ ? n : of_defects(file, l)
    if (end && n <= m) by_rule(file, begin_of_region, end)
    else if (end) attach(file, begin_of_region, end)
    if (n <= m) ruled_sides += n
    else item(file, of[key], l, t)
  }
}

# The lines of a region belong to the branch before it.
function attach(file, from, to) {
  for (; from <= to; from++) attached[file, from] = 1
}

function by_rule(file, from, to,   l) {
  for (l = from; l <= to; l++) {
    if (!((file, l) in count) || (file, l) in attached) continue
    ruled_lines++
    ruled_sides += nsides[file, l]
  }
  attach(file, from, to)
}

# A region without a branch right before it: an `else`, or a function that nobody called.
function start_region(file, line,   l, end, key) {
  for (l = line; l <= last[file]; l++) {
    key = file SUBSEP l
    if (!(key in count)) continue
    if (of[key] != of[file, line] || count[key] != 0) break
    end = l
  }
  if (mentions(file, text_between(file, line - 1, line)) ||
      text_between(file, line - 1, end) ~ /the defect/) {
    by_rule(file, line, end)
    return
  }
  attach(file, line, end)
  item(file, of[file, line], line, text_between(file, line, end))
}

# -- compare-exchanges and transitions --

function read_edges(   f, text) {
  while ((getline text < edges) > 0) {
    split(text, f, " ")
    if (f[1] == "cas") tried[f[2], f[3]] = 1
    if (f[1] == "cell") changed[f[2], f[3], f[4]] = 1
  }
}

# Was that seen of the compare-exchange whose statement begins at the line?
function was(file, line, what,   l) {
  for (l = line; l < line + 5; l++) {
    if ((file ":" l, what) in tried) return 1
    if (source[file, l] ~ /;/) return 0
  }
  return 0
}

function look_at_compare_exchanges(file,   l, k) {
  for (l = 1; l <= length_of[file]; l++) {
    if (source[file, l] !~ /compare_exchange(_weak)?\(/) continue
    for (k = 1; k <= 2; k++) {
      total_edges++
      if (was(file, l, k == 1 ? "succeeded" : "failed")) continue
      unreached_edges++
      item(file, of[file, l], l, "never " (k == 1 ? "succeeds" : "fails") ": " code(file, l))
    }
  }
}

function number_of(whose, value) {
  if (whose == "G" || whose == "P") return value in names ? names[value] : "?" value
  return value == "-1" ? "4294967295" : value
}

function name_of(whose, value,   n) {
  if (whose != "G" && whose != "P") return value == "4294967295" ? "-1" : value
  for (n in names) if (names[n] == value && substr(n, 1, 1) == whose) return n
  return value
}

function look_at_transitions(   text, f, cell, n, key, part, from, to, i) {
  n = split("Gidle 0 Grunnable 1 Grunning 2 Gsyscall 3 Gwaiting 4 Gdead 6 Gcopystack 8 " \
            "Gscanrunnable 4097 Gscanrunning 4098 Gscansyscall 4099 Gscanwaiting 4100 " \
            "Gscanenqueue 4103 Pidle 0 Prunning 1 Psyscall 2 Pgcstop 3 Pdead 4", f, " ")
  for (i = 1; i < n; i += 2) names[f[i]] = f[i + 1]
  cells["G"] = "atomicstatus"
  cells["P"] = "p.status"
  cells["M.p"] = "m.p"
  while ((getline text < transitions) > 0) {
    if (text ~ /^#/ || split(text, f, " ") < 3) continue
    cell = f[1]
    if (!(cell in cells)) cells[cell] = substr(cell, 3)
    whose_cell[cells[cell]] = cell
    total_transitions++
    key = cells[cell] SUBSEP number_of(cell, f[2]) SUBSEP number_of(cell, f[3])
    known[key] = 1
    if (key in changed) continue
    unreached_transitions++
    item(transitions, cell, "", f[2] " -> " f[3])
  }
  for (key in changed) {
    split(key, part, SUBSEP)
    if (!(part[1] in whose_cell) || key in known) continue
    cell = whose_cell[part[1]]
    from = name_of(cell, part[2])
    to = name_of(cell, part[3])
    item(transitions, cell, "", "unheard of: " from " -> " to)
  }
}

# -- the report --

function explanation_of(i,   e) {
  for (e = 1; e <= nexplained; e++) {
    if (in_file[e] != "*" && file_of[i] !~ (in_file[e] "$")) continue
    if (in_fn[e] != "*" && in_fn[e] != fn_of[i]) continue
    if (piece[e] == "*" || index(text_of[i], piece[e])) return e
  }
  return 0
}

function figures(what, total, missed, ruled,   text) {
  printf "%-12s %d of %d reached", what, total - missed, total - ruled
  printf ruled ? ", %d are of defects\n" : "\n", ruled
}

BEGIN {
  read_lines()
  read_explained()
  read_edges()
  for (i = 1; i <= nfiles; i++) look_at(files[i])
  for (i = 1; i <= nfiles; i++) look_at_compare_exchanges(files[i])
  look_at_transitions()

  for (i = 1; i <= items; i++) {
    e = explanation_of(i)
    used[e]++
    if (e) continue
    printf "unexplained: %s%s (%s): %s\n", file_of[i], line_of[i] ? ":" line_of[i] : "", fn_of[i],
           substr(text_of[i], 1, 160)
  }
  for (e = 1; e <= nexplained; e++) {
    if (used[e]) explained_items += used[e]
    else {
      stale++
      printf "stale: %s %s | %s: it was reached, or is no more\n", in_file[e], in_fn[e], piece[e]
    }
  }
  if (items) print ""
  printf "reach of the runtime, %s: %d executions of %d scenarios under sc\n", today, executions,
         scenarios
  figures("lines", total_lines, unreached_lines, ruled_lines)
  figures("branches", total_sides, unreached_sides, ruled_sides)
  figures("CAS edges", total_edges, unreached_edges, 0)
  figures("transitions", total_transitions, unreached_transitions, 0)
  printf "%d items were not reached: %d explained, in %d classes; %d unexplained\n", items,
         explained_items, nexplained - stale, used[0]
  if (stale) printf "%d explanations are stale\n", stale
  exit used[0] || stale ? 1 : 0
}
