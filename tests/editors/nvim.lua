-- Runs inside Neovim, started by nvim.sh: instruction files, and what every client has to do.

local check = dofile(vim.fs.joinpath(vim.env.HERE, 'nvim-check.lua'))
local SECOND, report, wait, write = check.SECOND, check.report, check.wait, check.write
local diagnostics, diagnostic, request = check.diagnostics, check.diagnostic, check.request

local BODY = {
  '',
  '# Python',
  '',
  'Write type hints on every function, keep functions short, and prefer the standard library to a new dependency.',
  '',
  '## Tests',
  '',
  'Every module has a test file beside it, and every fixed fault has a test that failed before.',
}

---@param frontmatter string[]
local function instructions(frontmatter)
  return vim.list_extend(vim.list_extend({ '---' }, frontmatter), vim.list_extend({ '---' }, BODY))
end

local workspace = vim.fs.joinpath(vim.fn.getcwd(), 'workspace')
local function in_workspace(path)
  return vim.fs.joinpath(workspace, path)
end

local function create_workspace()
  write(in_workspace('src/app.py'), { 'print("hello")' })
  write(in_workspace('.github/instructions/python.instructions.md'), instructions({
    'applyTo: "**/*.py"',
    'descripton: Rules for Python files',
  }))
  write(in_workspace('.augment/instructions/python.md'), instructions({
    'applyTo: "**/*.py"',
  }))
  write(in_workspace('.github/instructions/all.instructions.md'), instructions({
    'applyTo: "**/*.py"',
    'descripton: Rules for Python files',
  }))
  write(in_workspace('.github/instructions/nowhere.instructions.md'), instructions({
    'applyTo: "nowhere/**/*.rb"',
    'description: Rules for files that are not there',
  }))
  write(in_workspace('.github/instructions/short.instructions.md'), {
    '---',
    'applyTo: "**/*.py"',
    'description: Rules for Python files',
    '---',
    '# Short',
    '',
  })
  write(in_workspace('notes.md'), { '---', 'descripton: not ours', '---', 'Notes.' })
  local git = vim.system({ 'git', 'init', '--quiet', workspace }, { text = true }):wait()
  assert(git.code == 0, git.stderr)
end

---@param path string
local function open(path)
  return check.open(in_workspace(path))
end

---@param buf integer
---@param row integer 0-based line
local function line(buf, row)
  return vim.api.nvim_buf_get_lines(buf, row, row + 1, false)[1]
end

local function check_health(what, pattern)
  vim.cmd('silent checkhealth stagegate')
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  vim.cmd('bwipeout!')
  report(text:find(pattern) ~= nil, what, text)
end

local function main()
  vim.opt.runtimepath:prepend(vim.env.PLUGIN)
  report((pcall(vim.cmd.helptags, vim.fs.joinpath(vim.env.PLUGIN, 'doc'))), 'the help file has valid tags')
  report(#vim.fn.getcompletion('stagegate-', 'help') > 0, ':help finds the help file')
  vim.fn.delete(vim.fs.joinpath(vim.env.PLUGIN, 'doc', 'tags'))

  create_workspace()
  check_health(':checkhealth names the program and its version', 'OK stagegate %d[%w.%-]* %(')
  vim.lsp.config('stagegate', { cmd = { 'stagegate-that-is-not-there', 'lsp' } })
  check_health(':checkhealth says when the program is missing', 'ERROR `stagegate%-that%-is%-not%-there`')
  vim.lsp.config('stagegate', {
    cmd = { 'stagegate', 'lsp' },
    init_options = { config = { rules = { ['instructions/short-content'] = 'error' } } },
  })

  vim.lsp.enable('stagegate')
  vim.cmd('filetype on') -- -u NONE turned it off.
  local buf = open('.github/instructions/python.instructions.md')
  local attached = wait('the client attaches to an instruction file', function()
    local client = vim.lsp.get_clients({ bufnr = buf, name = 'stagegate' })[1]
    return client and client.initialized
  end)
  if not attached then
    return
  end
  local client = vim.lsp.get_clients({ bufnr = buf, name = 'stagegate' })[1]
  report(client.root_dir == workspace, 'the root is the folder of .git', client.root_dir)
  report(client.server_info and client.server_info.name == 'stagegate', 'the server gives its name', client.server_info)
  check_health(':checkhealth says where it runs', 'OK Running: stagegate ')
  vim.api.nvim_set_current_buf(buf)

  wait('a misspelt key is a warning on the key itself', function()
    local d = diagnostic(buf, 'instructions/unknown-key')
    return d and d.severity == 'WARN' and d.source == 'stagegate' and vim.deep_equal({ d.from, d.to }, { { 2, 0 }, { 2, 10 } })
  end, function()
    return diagnostics(buf)
  end)

  local hover, answer = request(client, 'textDocument/hover', {
    textDocument = vim.lsp.util.make_text_document_params(buf),
    position = { line = 1, character = 3 },
  }, buf)
  local text = hover and table.concat(vim.lsp.util.convert_input_to_markdown_lines(hover.contents), '\n') or ''
  report(text:find('applyTo', 1, true) ~= nil, 'hover on `applyTo` explains it', answer)
  vim.api.nvim_win_set_cursor(0, { 2, 3 })
  vim.lsp.buf.hover()
  wait('K shows it in a window', function()
    return vim.iter(vim.api.nvim_list_wins()):any(function(win)
      return vim.api.nvim_win_get_config(win).relative ~= ''
    end)
  end)

  local symbols
  symbols, answer = request(client, 'textDocument/documentSymbol', {
    textDocument = vim.lsp.util.make_text_document_params(buf),
  }, buf)
  local items = symbols and vim.lsp.util.symbols_to_items(symbols, buf, client.offset_encoding) or {}
  report(
    vim.iter(items):any(function(item)
      return item.text:find('Python', 1, true) and item.lnum == 6
    end),
    'the outline has the headings, with their lines',
    answer
  )

  vim.api.nvim_win_set_cursor(0, { 3, 2 })
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title == 'Rename `descripton` to `description`'
    end,
  })
  wait('the quick fix renames the key', function()
    return line(buf, 2) == 'description: Rules for Python files'
  end, function()
    return line(buf, 2)
  end)
  wait('and the file has no diagnostics left', function()
    return #diagnostics(buf) == 0
  end, function()
    return diagnostics(buf)
  end)
  vim.cmd('silent write')
  report(vim.fn.readfile(in_workspace('.github/instructions/python.instructions.md'))[3]:find('^description:') ~= nil, 'and it is saved')

  buf = open('.github/instructions/all.instructions.md')
  wait('a second file has its own diagnostics', function()
    return diagnostic(buf, 'instructions/unknown-key') ~= nil
  end, function()
    return diagnostics(buf)
  end)
  vim.lsp.buf.code_action({ context = { only = { 'source.fixAll' }, diagnostics = {} }, apply = true })
  wait('source.fixAll applies the safe fixes', function()
    return line(buf, 2) == 'description: Rules for Python files'
  end, function()
    return vim.api.nvim_buf_get_lines(buf, 0, -1, false)
  end)
  wait('and the file has no diagnostics left', function()
    return #diagnostics(buf) == 0
  end, function()
    return diagnostics(buf)
  end)
  vim.cmd('silent write')

  buf = open('.github/instructions/short.instructions.md')
  wait('init_options.config sets the severity of a rule', function()
    local d = diagnostic(buf, 'instructions/short-content')
    return d and d.severity == 'ERROR'
  end, function()
    return diagnostics(buf)
  end)

  buf = open('.augment/instructions/python.md')
  wait('a missing `description` is an error in the front matter', function()
    local d = diagnostic(buf, 'instructions/missing-field')
    return d and d.severity == 'ERROR' and d.source == 'stagegate' and d.to[1] <= 2
  end, function()
    return diagnostics(buf)
  end)
  local function configure(config)
    client.settings = { stagegate = config }
    client:notify('workspace/didChangeConfiguration', { settings = client.settings })
  end
  configure({ rules = { ['instructions/missing-field'] = 'off' } })
  wait('a rule that the settings switch off is silent', function()
    return #diagnostics(buf) == 0
  end, function()
    return diagnostics(buf)
  end)
  configure(vim.empty_dict())
  wait('and speaks again when they no longer do', function()
    return diagnostic(buf, 'instructions/missing-field') ~= nil
  end, function()
    return diagnostics(buf)
  end)
  vim.api.nvim_buf_set_lines(buf, 2, 2, false, { '' })
  vim.api.nvim_win_set_cursor(0, { 3, 0 })
  local list
  list, answer = request(client, 'textDocument/completion', {
    textDocument = vim.lsp.util.make_text_document_params(buf),
    position = { line = 2, character = 0 },
    context = { triggerKind = 1 },
  }, buf)
  local labels = vim.tbl_map(function(item)
    return item.label
  end, list and (list.items or list) or {})
  report(vim.list_contains(labels, 'description'), 'completion of keys offers `description`', answer)
  report(not vim.list_contains(labels, 'applyTo'), 'but not `applyTo`, which is there already', labels)
  vim.cmd('edit!')

  buf = open('.github/instructions/nowhere.instructions.md')
  wait('a glob that matches no file is a diagnostic on the glob', function()
    local d = diagnostic(buf, 'instructions/unmatched-glob')
    return d and d.from[1] == 1 and d.from[2] >= 9 and d.to[2] <= 26
  end, function()
    return diagnostics(buf)
  end)

  write(in_workspace('nowhere/deep/here.rb'), { '' })
  wait('which vanishes, without an edit, when another program makes such a file', function()
    return #diagnostics(buf) == 0
  end, function()
    return diagnostics(buf)
  end)
  vim.fn.delete(in_workspace('nowhere'), 'rf')
  wait('and comes back when the file is gone', function()
    return diagnostic(buf, 'instructions/unmatched-glob') ~= nil
  end, function()
    return diagnostics(buf)
  end)

  write(in_workspace('stagegate.yaml'), { 'rulez: {}' })
  buf = open('stagegate.yaml')
  wait('a misspelt key of stagegate.yaml has a diagnostic too', function()
    local d = diagnostic(buf, 'config/unknown-key')
    return d and d.from[1] == 0
  end, function()
    return diagnostics(buf)
  end)

  vim.fn.mkdir(in_workspace('vendor/other/.git'), 'p')
  write(in_workspace('vendor/other/notes.md'), { 'Notes.' })
  open('vendor/other/notes.md')
  report(#vim.lsp.get_clients({ name = 'stagegate' }) == 1, 'the folder of stagegate.yaml is the root, also for a repository inside')

  buf = open('notes.md')
  wait('the client attaches to other Markdown too', function()
    return #vim.lsp.get_clients({ bufnr = buf, name = 'stagegate' }) == 1
  end)
  request(client, 'textDocument/hover', {
    textDocument = vim.lsp.util.make_text_document_params(buf),
    position = { line = 1, character = 3 },
  }, buf)
  vim.wait(500, function()
    return #diagnostics(buf) > 0
  end, 20)
  report(#diagnostics(buf) == 0, 'and the server is silent there', diagnostics(buf))

  local children = vim.api.nvim_get_proc_children(vim.fn.getpid())
  local server = vim.iter(children):find(function(pid)
    local process = vim.api.nvim_get_proc(pid)
    return process and process.name:find('stagegate', 1, true)
  end) or children[1]
  report(#children == 1, 'one server process serves all the files', vim.tbl_map(vim.api.nvim_get_proc, children))
  client:stop()
  wait('the client stops', function()
    return client:is_stopped()
  end)
  wait('and its process ends', function()
    return server ~= nil and vim.api.nvim_get_proc(server) == nil
  end, function()
    return server and vim.api.nvim_get_proc(server)
  end, 5 * SECOND)
end

check.run(main)
