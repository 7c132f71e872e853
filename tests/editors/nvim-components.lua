-- Runs inside Neovim, started by nvim.sh: components and their stages, over a copy of the demo.

local check = dofile(vim.fs.joinpath(vim.env.HERE, 'nvim-check.lua'))
local SECOND, report, wait = check.SECOND, check.report, check.wait
local diagnostics, diagnostic, request = check.diagnostics, check.diagnostic, check.request

local BELOW = 'maturity/dependency-below-target'
local SPEC = 'specs/reporting.md'
local workspace = vim.fs.joinpath(vim.fn.getcwd(), 'demo')

local function in_workspace(path)
  return vim.fs.joinpath(workspace, path)
end

local function open(path)
  return check.open(in_workspace(path))
end

--- The place of `needle` in a buffer, `shift` bytes further.
---@return lsp.Position
local function place(buf, needle, shift)
  for row, text in ipairs(vim.api.nvim_buf_get_lines(buf, 0, -1, false)) do
    local from = text:find(needle, 1, true)
    if from then
      return { line = row - 1, character = from - 1 + (shift or 0) }
    end
  end
  error(('no %q in the buffer'):format(needle))
end

---@return table params
local function at(buf, needle, shift)
  return {
    textDocument = vim.lsp.util.make_text_document_params(buf),
    position = place(buf, needle, shift),
  }
end

--- Moves the cursor there.
local function go(buf, needle, shift)
  local to = place(buf, needle, shift)
  vim.api.nvim_set_current_buf(buf)
  vim.api.nvim_win_set_cursor(0, { to.line + 1, to.character })
end

--- The path of a URI in the workspace.
local function relative(uri)
  return vim.fs.relpath(workspace, vim.uri_to_fname(uri))
end

--- Every text that Neovim shows as a lens, in order of the line.
local function lenses(buf)
  return vim.tbl_map(function(lens)
    return lens.command.title
  end, vim.lsp.codelens.get(buf))
end

--- Every text that Neovim shows as a hint.
local function hints(buf)
  return vim.tbl_map(function(hint)
    return hint.inlay_hint.label
  end, vim.lsp.inlay_hint.get({ bufnr = buf }))
end

local function symbols_of(list)
  return vim.tbl_map(function(item)
    return item.name
  end, list or {})
end

local function attaches()
  local spec = open(SPEC)
  local client = check.client(spec)
  report(client ~= nil, 'the client attaches to a spec')
  if not client then
    return nil
  end
  report(client.root_dir == workspace, 'the root is the folder of .git', client.root_dir)
  for _, path in ipairs({ 'src/reporting/MATURITY.md', 'src/calculator/__init__.py' }) do
    report(check.client(open(path)) == client, 'the same client attaches to ' .. path)
  end
  local other = open('src/calculator/tokens.py')
  report(check.client(other) == client, 'and to any other file of the project, which may hold a TODO')
  report(#diagnostics(other) == 0, 'of which it says nothing else', diagnostics(other))
  vim.api.nvim_set_current_buf(spec)
  return client, spec
end

local function shows(spec)
  wait('a dependency below the target is an error on its name and stage', function()
    local d = diagnostic(spec, BELOW)
    local from = place(spec, '`notifications` (development)')
    return d and d.severity == 'ERROR' and d.from[1] == from.line and d.from[2] == from.character
  end, function()
    return diagnostics(spec)
  end)
  -- As the help file says.
  vim.lsp.inlay_hint.enable(true, { bufnr = spec })
  vim.lsp.codelens.refresh({ bufnr = spec })
  wait('lenses show stage, criteria, coverage and blockers', function()
    return vim.deep_equal(vim.list_slice(lenses(spec), 1, 4), {
      'Development → Staging',
      'criteria 0/6',
      'coverage 100 % of 70 %',
      '1 blocker',
    })
  end, function()
    return lenses(spec)
  end)
  wait('hints show where the target and a dependency stand', function()
    local labels = hints(spec)
    return vim.list_contains(labels, 'now: development')
      and vim.list_contains(labels, 'now: staging')
      and vim.list_contains(labels, 'below staging')
  end, function()
    return hints(spec)
  end)
  local code = open('src/calculator/__init__.py')
  vim.lsp.codelens.refresh({ bufnr = code })
  wait('lenses stand in the source of a component', function()
    return lenses(code)[1] == 'Development → Staging'
  end, function()
    return lenses(code)
  end)
  vim.api.nvim_set_current_buf(spec)
end

local function runs_a_lens(spec)
  vim.api.nvim_set_current_buf(spec)
  -- What is known of runs is read a moment after everything else.
  wait('a lens offers the promotion', function()
    vim.lsp.codelens.refresh({ bufnr = spec })
    return vim.list_contains(lenses(spec), 'Promote to staging')
  end)
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  local offered
  local select = vim.ui.select
  vim.ui.select = function(items, options, choose)
    offered = vim.tbl_map(options.format_item, items)
    choose(items[vim.fn.index(offered, 'open MATURITY.md') + 1])
  end
  vim.lsp.codelens.run()
  vim.ui.select = select
  report(vim.deep_equal(offered, { '1 blocker', 'Promote to staging', 'Dry run', 'open MATURITY.md', 'open source' }), 'only lenses that lead somewhere can be run', offered)
  wait('and it opens the file', function()
    return vim.api.nvim_buf_get_name(0) == in_workspace('src/reporting/MATURITY.md')
  end, function()
    return vim.api.nvim_buf_get_name(0)
  end)
  vim.api.nvim_set_current_buf(spec)
end

local function navigates(client, spec)
  local hover, answer = request(client, 'textDocument/hover', at(spec, '`pricing` (', 2), spec)
  local card = hover and table.concat(vim.lsp.util.convert_input_to_markdown_lines(hover.contents), '\n') or ''
  report(card:find('pricing', 1, true) ~= nil and card:lower():find('staging', 1, true) ~= nil, 'hover shows the card of a component', answer)
  go(spec, '`pricing` (', 2)
  vim.lsp.buf.hover()
  wait('K shows it in a window', function()
    return vim.iter(vim.api.nvim_list_wins()):any(function(win)
      return vim.api.nvim_win_get_config(win).relative ~= ''
    end)
  end)

  go(spec, '`pricing` (', 2)
  vim.lsp.buf.definition()
  wait('the definition of a dependency is its spec', function()
    return vim.api.nvim_buf_get_name(0) == in_workspace('specs/pricing.md')
  end, function()
    return vim.api.nvim_buf_get_name(0)
  end)
  vim.api.nvim_set_current_buf(spec)

  local params = at(spec, '`pricing` (', 2)
  params.context = { includeDeclaration = true }
  local references
  references, answer = request(client, 'textDocument/references', params, spec)
  local files = vim.tbl_map(function(location)
    return relative(location.uri)
  end, references or {})
  local expected = { SPEC, 'specs/pricing.md', 'specs/forecast.md', 'src/reporting/MATURITY.md' }
  report(
    vim.iter(expected):all(function(file)
      return vim.list_contains(files, file)
    end),
    'references lie in specs and MATURITY files',
    answer
  )

  local items = request(client, 'textDocument/prepareCallHierarchy', at(spec, '`pricing` (', 2), spec)
  local item = items and items[1]
  local incoming = item and request(client, 'callHierarchy/incomingCalls', { item = item }, spec)
  local dependents = vim.tbl_map(function(call)
    return call.from.name
  end, incoming or {})
  table.sort(dependents)
  report(vim.deep_equal(dependents, { 'forecast', 'reporting' }), 'the call hierarchy names who depends on it', incoming)
  go(spec, '# Component Specification', 0)
  vim.lsp.buf.outgoing_calls()
  wait('and what a component depends on, in the quickfix list', function()
    local texts = vim.tbl_map(function(entry)
      return entry.text
    end, vim.fn.getqflist())
    return vim.list_contains(texts, 'notifications') and vim.list_contains(texts, 'pricing')
  end, function()
    return vim.fn.getqflist()
  end)
  vim.cmd('silent! cclose')

  local found
  found, answer = request(client, 'workspace/symbol', { query = 'pric' }, spec)
  report(vim.list_contains(symbols_of(found), 'pricing'), 'workspace symbols have the components', answer)
end

local function completes(client, spec)
  local to = place(spec, '- `pricing` (')
  vim.api.nvim_buf_set_lines(spec, to.line, to.line, false, { '- `' })
  local list, answer = request(client, 'textDocument/completion', {
    textDocument = vim.lsp.util.make_text_document_params(spec),
    position = { line = to.line, character = 3 },
    context = { triggerKind = 2, triggerCharacter = '`' },
  }, spec)
  local labels = vim.tbl_map(function(item)
    return item.label
  end, list and (list.items or list) or {})
  report(vim.list_contains(labels, 'calculator'), 'a dependency list completes the names of components', answer)
  report(not vim.list_contains(labels, 'reporting'), 'but not the component itself', labels)
  vim.api.nvim_buf_set_lines(spec, to.line, to.line + 1, false, {})
  vim.bo[spec].modified = false
end

local function renames(client, spec)
  local ready, answer = request(client, 'textDocument/prepareRename', at(spec, '`pricing` (', 2), spec)
  report(ready and ready.placeholder == 'pricing', 'a dependency can be renamed', answer)
  go(spec, '`pricing` (', 2)
  vim.lsp.buf.rename('prices')
  local function text_of(path)
    local buf = vim.fn.bufnr(in_workspace(path))
    return buf >= 0 and table.concat(vim.api.nvim_buf_get_lines(buf, 0, -1, false), '\n') or ''
  end
  local renamed = {
    ['specs/pricing.md'] = '**Component Name:** prices',
    [SPEC] = '- `prices` (development)',
    ['specs/forecast.md'] = '- `prices` (staging)',
    ['src/reporting/MATURITY.md'] = '- Prices (Current Stage: Staging)',
  }
  for path, text in pairs(renamed) do
    wait('the rename reaches ' .. path, function()
      return text_of(path):find(text, 1, true) ~= nil
    end, function()
      return text_of(path)
    end)
  end
  local function said()
    return vim.fn.execute('messages')
  end
  wait('what keeps the old name is said', function()
    return said():find('These paths keep the old name: .*`src/pricing`') ~= nil
  end, said)
end

local function mends(spec)
  local tick = vim.api.nvim_buf_get_changedtick(spec)
  local path = in_workspace('src/notifications/MATURITY.md')
  local lines = vim.fn.readfile(path)
  lines[3] = '**Current Stage**: Staging'
  vim.fn.writefile(lines, path)
  wait('the error goes when another program promotes the dependency', function()
    return diagnostic(spec, BELOW) == nil
  end, function()
    return diagnostics(spec)
  end)
  report(vim.api.nvim_buf_get_changedtick(spec) == tick, 'without an edit of the spec')
  wait('the lens follows by itself', function()
    return lenses(spec)[1] ~= nil and not vim.list_contains(lenses(spec), '1 blocker')
  end, function()
    return lenses(spec)
  end)
  wait('and so do the hints', function()
    local labels = hints(spec)
    return vim.list_contains(labels, 'now: staging') and not vim.iter(labels):any(function(label)
      return label:find('below', 1, true) ~= nil
    end)
  end, function()
    return hints(spec)
  end)
end

local function main()
  vim.opt.runtimepath:prepend(vim.env.PLUGIN)
  vim.fn.system({ 'cp', '-R', vim.env.DEMO, workspace })
  assert(vim.v.shell_error == 0)
  local git = vim.system({ 'git', 'init', '--quiet', workspace }, { text = true }):wait()
  assert(git.code == 0, git.stderr)
  vim.lsp.enable('stagegate')
  vim.cmd('filetype on')
  vim.o.hidden = true
  local client, spec = attaches()
  if not client then
    return
  end
  shows(spec)
  runs_a_lens(spec)
  navigates(client, spec)
  completes(client, spec)
  mends(spec)
  renames(client, spec)
  client:stop()
  vim.wait(5 * SECOND, function()
    return client:is_stopped()
  end, 20)
end

check.run(main)
