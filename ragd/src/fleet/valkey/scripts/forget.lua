-- The daemon has written ends into its ledger. ARGV: time, then id and order of each.
for at = 2, #ARGV, 2 do
  local task = read(ARGV[at])
  if task and task.state == 'ended' and task.order == ARGV[at + 1] then remove(ARGV[at], task) end
end
return 'ok'
