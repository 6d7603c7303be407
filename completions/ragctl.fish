# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ragctl_global_optspecs
    string join \n socket= start c/collection= o/output= json fields= no-header q/quiet v/verbose color= timeout= no-input y/yes time= h/help V/version
end

function __fish_ragctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ragctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ragctl_using_subcommand
    set -l cmd (__fish_ragctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ragctl -n "__fish_ragctl_needs_command" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_needs_command" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_needs_command" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_needs_command" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_needs_command" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_needs_command" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_needs_command" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_needs_command" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_needs_command" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_needs_command" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_needs_command" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_needs_command" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_needs_command" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_needs_command" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_needs_command" -s V -l version -d 'Print version'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "submit" -d 'Index files and folders'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "job" -d 'Look at jobs and steer them'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "jobs" -d 'List jobs (short for: job list)'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "wait" -d 'Wait until jobs have ended (short for: job wait)'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "watch" -d 'Follow jobs as they run (short for: job watch)'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "search" -d 'Find passages'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "ask" -d 'Answer a question from the documents'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "result" -d 'Print the answer to a question that was put into the queue'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "chat" -d 'Ask in a conversation; look at conversations and remove them'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "collection" -d 'Look at collections, create, change and remove them'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "col" -d 'Look at collections, create, change and remove them'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "doc" -d 'Look at documents and remove them'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "source" -d 'Look at the sources that are watched, and end that'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "migrate" -d 'Move a collection to another index, while the one where it is serves'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "model" -d 'Look at the models that make vectors and answers'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "worker" -d 'Look at workers, here and on other machines, and steer them'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "status" -d 'One page about the daemon'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "health" -d 'Tell whether the daemon works'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "doctor" -d 'Try everything that ragd needs, and say what to do'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "analyze" -d 'Show what the programs of a collection have to do with each other'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "limits" -d 'Show how much the daemon takes, and what happens beyond it'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "gaps" -d 'List what was submitted and is not searchable, and have it read again'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "secrets" -d 'List the secrets that were replaced in texts, by place and kind'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "fsck" -d 'Compare ledger, index and stored contents'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "events" -d 'Print every change as a line of JSON'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "queue" -d 'Hold the queue or let it run'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "bench" -d 'Measure ragd on this machine'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "completions" -d 'Print a completion script'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "version" -d 'Print the versions of client and daemon'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "help" -d 'Print help about a command, or about `exit-codes`'
complete -c ragctl -n "__fish_ragctl_needs_command" -f -a "exec-daemon" -d 'Becomes the daemon, in a session of its own'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l files-from -d 'Also take the paths that this file lists, one per line; `-` is standard input' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l name -d 'Name (and with it the type) of the document on standard input' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l ref -d 'Branch or tag of the repository, or a commit by all of its hash' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l depth -d 'Commits that are fetched; 0: all, so that it is known who changed a file last, and when' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l subdir -d 'Take only this folder of the repository' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l include -d 'Take only files that fit one of these globs' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l exclude -d 'Leave out files and folders that fit one of these globs' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l max-file-size -d 'Leave out larger files, such as 10MiB' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l tag -d 'Tag the documents, in place of what was said of them before' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l meta -d 'Say something else of the documents, such as team=search' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l plan -d 'Run a plan that --dry-run has shown' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l priority -d 'How soon the job is taken' -r -f -a "low\t''
normal\t''
high\t''
top\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l runtime -d 'Where its parts run: by ragd and its workers, or each in a worker started for it alone' -r -f -a "local\t''
docker\t''
kubernetes\t''
aws-batch\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l idempotency-key -d 'A word for this request: the same word later means the same job' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l upload -d 'Send the bytes instead of the paths (auto: when ragd runs as another user)' -r -f -a "auto\t''
never\t''
always\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t''
bar\t''
log\t''
json\t''
none\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l reconnect -d 'How long ragd may be away while we wait' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -s 0 -l null -d 'Paths of --files-from end in NUL instead of a line end'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l ignore-missing -d 'Leave out paths that do not exist'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l git -d 'An https:// address is that of a repository and no page, though it does not end in .git'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l no-ignore -d 'Do not respect .gitignore, .ignore and .ragignore, and take what builds leave behind'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l hidden -d 'Take hidden files, too'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l sync -d 'Also delete documents whose files are gone; asks'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l force-delete -d 'With --sync: delete even if more than 30 % of the documents would vanish'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l watch -d 'Also watch the source from then on: what changes is taken in, and documents whose files are gone are deleted'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l dry-run -d 'Only say what would be done'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l force -d 'Make a new job even if an equal one still waits'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l wait -d 'Wait until the job has ended'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l fail-fast -d 'Stop waiting at the first failure; the rest goes on in ragd'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l cancel-on-interrupt -d 'Ctrl-C cancels the jobs instead of leaving them to ragd'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand submit" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -f -a "list" -d 'List jobs'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -f -a "show" -d 'Show all about jobs'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -f -a "watch" -d 'Follow jobs as they run'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -f -a "wait" -d 'Wait until jobs have ended'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -f -a "cancel" -d 'Stop jobs; what is searchable stays searchable'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -f -a "retry" -d 'Run failed or cancelled jobs again'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -f -a "priority" -d 'Change how soon jobs are taken'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -f -a "errors" -d 'List the files of a job (or of all jobs) that ended in an error'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and not __fish_seen_subcommand_from list show watch wait cancel retry priority errors rm" -f -a "rm" -d 'Forget jobs that have ended'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l state -d 'Only jobs in these states' -r -f -a "active\t''
queued\t''
running\t''
retrying\t''
parked\t''
cancelling\t''
finished\t''
failed\t''
dead\t''
cancelled\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l text -d 'Only jobs whose source or id holds this text' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l limit -d 'Items at most [default: 50]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l cursor -d 'Continue a list: `next` of the part before' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l mine -d 'Only jobs of this user'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l oldest -d 'Oldest first'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -s a -l all -d 'All items'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -l reconnect -d 'How long ragd may be away while we watch' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t''
bar\t''
log\t''
json\t''
none\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l reconnect -d 'How long ragd may be away while we wait' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l fail-fast -d 'Stop waiting at the first failure; the rest goes on in ragd'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l cancel-on-interrupt -d 'Ctrl-C cancels the jobs instead of leaving them to ragd'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from priority" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -l limit -d 'Items at most [default: 50]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -l cursor -d 'Continue a list: `next` of the part before' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -s a -l all -d 'All items'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from errors" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand job; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l state -d 'Only jobs in these states' -r -f -a "active\t''
queued\t''
running\t''
retrying\t''
parked\t''
cancelling\t''
finished\t''
failed\t''
dead\t''
cancelled\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l text -d 'Only jobs whose source or id holds this text' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l limit -d 'Items at most [default: 50]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l cursor -d 'Continue a list: `next` of the part before' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l mine -d 'Only jobs of this user'
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l oldest -d 'Oldest first'
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -s a -l all -d 'All items'
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand jobs" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t''
bar\t''
log\t''
json\t''
none\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l reconnect -d 'How long ragd may be away while we wait' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l fail-fast -d 'Stop waiting at the first failure; the rest goes on in ragd'
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l cancel-on-interrupt -d 'Ctrl-C cancels the jobs instead of leaving them to ragd'
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand wait" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -l reconnect -d 'How long ragd may be away while we watch' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand watch" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -s k -l limit -d 'Passages at most, up to 1000' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l path -d 'Only documents whose path fits one of these globs' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l lang -d 'Only documents in these languages' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l author -d 'Only documents by an author whose name contains this' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l title -d 'Only documents whose title contains this' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l tag -d 'Only documents with one of these tags' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l spoken -d 'Only documents written in one of these spoken languages, such as de' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l meta -d 'Only documents of which this is known, as given to `ragctl submit --meta`' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l since -d 'Only documents of this day (2024-05-31, 2024-05 or 2024) and later ones' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l until -d 'Only documents of this day and earlier ones' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l mode -d 'What finds passages: words, vectors, or both together' -r -f -a "hybrid\t''
words\t''
vectors\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l explain -d 'Show the parts of every score'
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l fail-empty -d 'Exit 1 when nothing is found'
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand search" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l path -d 'Only documents whose path fits one of these globs' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l lang -d 'Only documents in these languages' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l author -d 'Only documents by an author whose name contains this' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l title -d 'Only documents whose title contains this' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l tag -d 'Only documents with one of these tags' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l spoken -d 'Only documents written in one of these spoken languages, such as de' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l meta -d 'Only documents of which this is known, as given to `ragctl submit --meta`' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l since -d 'Only documents of this day (2024-05-31, 2024-05 or 2024) and later ones' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l until -d 'Only documents of this day and earlier ones' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l passages -d 'Passages to answer from [default: as many as ragd finds useful]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l model -d 'Who answers: a name of `ragctl model list`, or `none` for quotes [default: as configured]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l follow -d 'Go on with a conversation' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l idempotency-key -d 'With --async: a word for this request; the same word later means the same job' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l keep -d 'Begin a conversation that ragd keeps'
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l async -d 'Put the question into the queue and do not wait for the answer'
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l fail-empty -d 'Exit 1 when no passage has to do with the question'
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand ask" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -l wait -d 'Wait until the answer is there'
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -l fail-empty -d 'Exit 1 when no passage has to do with the question'
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand result" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l path -d 'Only documents whose path fits one of these globs' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l lang -d 'Only documents in these languages' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l author -d 'Only documents by an author whose name contains this' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l title -d 'Only documents whose title contains this' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l tag -d 'Only documents with one of these tags' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l spoken -d 'Only documents written in one of these spoken languages, such as de' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l meta -d 'Only documents of which this is known, as given to `ragctl submit --meta`' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l since -d 'Only documents of this day (2024-05-31, 2024-05 or 2024) and later ones' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l until -d 'Only documents of this day and earlier ones' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l passages -d 'Passages to answer from [default: as many as ragd finds useful]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l model -d 'Who answers: a name of `ragctl model list`, or `none` for quotes [default: as configured]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -a "list" -d 'List conversations'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -a "show" -d 'Print questions and answers of a conversation'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -a "export" -d 'Print a conversation as Markdown'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and not __fish_seen_subcommand_from list show export rm" -a "rm" -d 'Remove conversations; asks'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -l limit -d 'Items at most [default: 50]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -l cursor -d 'Continue a list: `next` of the part before' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -s a -l all -d 'All items'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -l limit -d 'Items at most [default: 50]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -l cursor -d 'Continue a list: `next` of the part before' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -s a -l all -d 'All items'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand chat; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -f -a "list" -d 'List collections'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -f -a "show" -d 'Show a collection'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -f -a "create" -d 'Create an empty collection'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -f -a "update" -d 'Switch a collection to another model; it stays searchable meanwhile'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and not __fish_seen_subcommand_from list show create update rm" -f -a "rm" -d 'Remove a collection with all its documents; asks'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -l limit -d 'Items at most [default: 50]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -l cursor -d 'Continue a list: `next` of the part before' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -s a -l all -d 'All items'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -l model -d 'The model that makes its vectors: a name of `ragctl model list`' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -l wait -d 'Wait until the switch has ended'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand collection; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -f -a "list" -d 'List collections'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -f -a "show" -d 'Show a collection'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -f -a "create" -d 'Create an empty collection'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -f -a "update" -d 'Switch a collection to another model; it stays searchable meanwhile'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and not __fish_seen_subcommand_from list show create update rm" -f -a "rm" -d 'Remove a collection with all its documents; asks'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -l limit -d 'Items at most [default: 50]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -l cursor -d 'Continue a list: `next` of the part before' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -s a -l all -d 'All items'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -l model -d 'The model that makes its vectors: a name of `ragctl model list`' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -l wait -d 'Wait until the switch has ended'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand col; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -f -a "list" -d 'List documents'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -f -a "show" -d 'Show a document'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -f -a "chunks" -d 'List the passages of a document'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -f -a "cat" -d 'Print the text of a document'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -f -a "versions" -d 'List the contents that a document has had'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -f -a "diff" -d 'Show what changed in the text of a document between two versions'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -f -a "page" -d 'Draw a page as a JPEG picture'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and not __fish_seen_subcommand_from list show chunks cat versions diff page rm" -f -a "rm" -d 'Remove a document from the index; asks'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l path -d 'Only documents whose path fits this glob' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l author -d 'Only documents by an author whose name contains this' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l title -d 'Only documents whose title contains this' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l tag -d 'Only documents with one of these tags' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l spoken -d 'Only documents written in one of these spoken languages, such as de' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l meta -d 'Only documents of which this is known, as given to `ragctl submit --meta`' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l since -d 'Only documents of this day (2024-05-31, 2024-05 or 2024) and later ones' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l until -d 'Only documents of this day and earlier ones' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l limit -d 'Items at most [default: 50]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l cursor -d 'Continue a list: `next` of the part before' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -s a -l all -d 'All items'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -l limit -d 'Items at most [default: 50]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -l cursor -d 'Continue a list: `next` of the part before' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -s a -l all -d 'All items'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from chunks" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -l version -d 'Take this version instead of the active one; doc versions lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from cat" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from versions" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -s U -l unified -d 'Lines around each change' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -l stat -d 'Only count the lines'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -l exit-code -d 'Exit with 1 if something changed'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -l out -d 'Write the picture to this file instead of standard output' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -l side -d 'Pixels of the longer side, at most 4000' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -l version -d 'Take this version instead of the active one; doc versions lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from page" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand doc; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -f -a "list" -d 'List the sources that are watched'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and not __fish_seen_subcommand_from list unwatch" -f -a "unwatch" -d 'Watch sources no more; what is searchable of them stays'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand source; and __fish_seen_subcommand_from unwatch" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -l to -d 'Where to: into the daemon, or to the server that `index.url` names' -r -f -a "embedded\t''
qdrant\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -l wait -d 'Wait until it is there'
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand migrate" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and not __fish_seen_subcommand_from list" -f -a "list" -d 'List models'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand model; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -f -a "list" -d 'List workers'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -f -a "pause" -d 'Have workers end what they do and take nothing new'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -f -a "resume" -d 'Let paused workers go on'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and not __fish_seen_subcommand_from list pause resume drain" -f -a "drain" -d 'Have workers end what they do, and stop'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand worker; and __fish_seen_subcommand_from drain" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand status" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -l wait -d 'Wait up to this long until the daemon works' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand health" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -l files -d 'Files that are named, the most important first' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -l graph -d 'Print who needs whom as a graph' -r -f -a "dot\t'Graphviz'
mermaid\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -l level -d 'What the points of the graph are' -r -f -a "folder\t''
file\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand analyze" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand limits" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l code -d 'Only gaps of these causes' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l stage -d 'Only gaps that were found at this step' -r -f -a "saving\t''
planning\t''
extracting\t''
chunking\t''
embedding\t''
storing\t''
activating\t''
searching\t''
answering\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l job -d 'Only gaps that this job found' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l limit -d 'Items at most [default: 50]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l cursor -d 'Continue a list: `next` of the part before' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l skipped -d 'Also list files that a rule left out on purpose'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l group -d 'Group by cause in every format'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l fail -d 'Exit 1 when there is a gap'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -s a -l all -d 'All items'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and not __fish_seen_subcommand_from retry" -a "retry" -d 'Have gaps read again, whatever is known of their files'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l code -d 'Only gaps of these causes' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l stage -d 'Only gaps that were found at this step' -r -f -a "saving\t''
planning\t''
extracting\t''
chunking\t''
embedding\t''
storing\t''
activating\t''
searching\t''
answering\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l job -d 'Only gaps that this job found' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t''
bar\t''
log\t''
json\t''
none\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l reconnect -d 'How long ragd may be away while we wait' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l all -d 'All gaps'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l wait -d 'Wait until they were read'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l fail-fast -d 'Stop waiting at the first failure; the rest goes on in ragd'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l cancel-on-interrupt -d 'Ctrl-C cancels the jobs instead of leaving them to ragd'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand gaps; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -l limit -d 'Items at most [default: 50]' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -l cursor -d 'Continue a list: `next` of the part before' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -l fail -d 'Exit 1 when there is a secret'
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -s a -l all -d 'All items'
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand secrets" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -l deep -d 'Also read and hash every stored content'
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand fsck" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -l since -d 'Continue after this event, as SEQ or BOOT_ID:SEQ' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -l reconnect -d 'How long ragd may be away' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand events" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -f -a "pause" -d 'Start no more work; what runs goes on'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and not __fish_seen_subcommand_from pause resume" -f -a "resume" -d 'Let the queue run again'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -l dry-run -d 'Show what would be changed, and change nothing'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand queue; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -l dir -d 'Folder on the disk to measure [default: $TMPDIR]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -l tree -d 'A tree of yours to take in, all of it' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -l quick -d 'Smaller sizes, for a first look'
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand bench" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand completions" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand version" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand help" -s h -l help -d 'Print help'
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -l socket -d 'Socket of the daemon [default: the first that answers of $XDG_RUNTIME_DIR/ragd/ragd.sock, /run/ragd/ragd.sock, $TMPDIR/ragd-UID/ragd.sock]' -r -F
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -s c -l collection -d 'Collection to work on' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -s o -l output -d 'How results are printed' -r -f -a "human\t''
json\t''
ndjson\t''
tsv\t''
name\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -l fields -d 'Fields to print with json, ndjson and tsv, such as id,progress.ratio; `help` lists them' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -l timeout -d 'Give up after this time, such as 30s, 5m or 2h' -r
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -l time -d 'How times are shown to people' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -l start -d 'Start ragd if none answers'
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -l json -d 'Same as -o json'
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -l no-header -d 'No header line in tables and tsv'
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -s q -l quiet -d 'Only the result, no hints and no progress'
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -s v -l verbose -d 'Say more about errors'
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -l no-input -d 'Never ask'
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -s y -l yes -d 'Answer yes to every question'
complete -c ragctl -n "__fish_ragctl_using_subcommand exec-daemon" -s h -l help -d 'Print help'
