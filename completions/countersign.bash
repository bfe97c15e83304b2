# SPDX-License-Identifier: MIT
# Completion of countersign for bash.

# The commands that a device file names.
_countersign_commands()
{
    [ -f "$1" ] || return
    sed -n '/^\[commands\]/,/^\[/s/^\([A-Za-z0-9_.-]\{1,32\}\)[[:blank:]]*=.*/\1/p' "$1"
}

_countersign_words()
{
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_countersign_files()
{
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

# The first word behind the verb that is no option and no option's value; its place in
# file_at, or 0.
_countersign_find_file()
{
    local i
    file_at=0
    for ((i = 2; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --timeout | --listen | --connections | --prefix | --run | --port | --slot | --rights | --key | --from | --to | --output | -o) i=$((i + 1)) ;;
            -*) ;;
            *) file_at=$i; return ;;
        esac
    done
}

_countersign_send()
{
    local file_at file commands
    _countersign_find_file
    if [[ $cur == -* && $cur != - ]]; then
        _countersign_words "--json --timeout --no-state --help"
    elif ((file_at == 0)); then
        _countersign_files
    elif ((COMP_CWORD == file_at + 1)) || [[ $prev == + ]]; then
        file=${COMP_WORDS[file_at]}
        commands=$(_countersign_commands "${file/#\~/$HOME}")
        ((COMP_CWORD == file_at + 1)) && commands+=" last"
        _countersign_words "$commands"
    else
        _countersign_words "+ -"
    fi
}

# Options in $1; one file otherwise.
_countersign_one_file()
{
    local file_at
    _countersign_find_file
    if [[ $cur == -* ]]; then
        _countersign_words "$1"
    elif ((file_at == 0)); then
        _countersign_files
    fi
}

# set, drop or rotate, then as the others.
_countersign_key()
{
    local file_at
    if ((COMP_CWORD == 2)); then
        _countersign_words "set drop rotate --help"
    elif [[ $cur == -* ]]; then
        _countersign_words "--slot --rights --key --from --to --json --timeout --no-state --help"
    else
        _countersign_files
    fi
}

_countersign()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _countersign_words "keygen fingerprint check doctor serve send provision key header --help --version"
        return
    fi
    case $prev in
        -o | --output) _countersign_files; return ;;
        --key) _countersign_files; return ;;
        --timeout | --listen | --connections | --prefix | --id | --run | --slot | --rights | --from | --to) return ;;
        --port) _countersign_files; return ;;
    esac
    case ${COMP_WORDS[1]} in
        keygen) _countersign_words "-o --output --passphrase --id --help" ;;
        fingerprint | check) _countersign_one_file "--help" ;;
        serve) _countersign_one_file "--listen --json --connections --help" ;;
        header) _countersign_one_file "-o --output --prefix --help" ;;
        doctor) _countersign_one_file "--run --timeout --help" ;;
        provision) _countersign_one_file "--port --slot --foreign --timeout --help" ;;
        key) _countersign_key ;;
        send) _countersign_send ;;
    esac
}

complete -F _countersign countersign
