-- Runs inside Neovim, started by nvim.sh: a promotion and its rollback by `:Stagegate`, in a small git repository.

local check = dofile(vim.fs.joinpath(vim.env.HERE, 'nvim-check.lua'))
local report, wait = check.report, check.wait
local workspace = vim.fs.joinpath(vim.fn.getcwd(), 'runs')

local function in_workspace(path)
  return vim.fs.joinpath(workspace, path)
end

local function git(...)
  local done = vim.system({ 'git', ... }, { cwd = workspace, text = true }):wait()
  return vim.trim(done.stdout)
end

local function first_lines()
  return vim.api.nvim_buf_get_lines(0, 0, 3, false)
end

local function on_disk(path)
  return table.concat(vim.fn.readfile(in_workspace(path)), '\n')
end

local function main()
  vim.opt.runtimepath:prepend(vim.env.PLUGIN)
  vim.cmd('runtime plugin/stagegate.lua')
  local disabled = {}
  for _, gate in ipairs({ 'tests', 'coverage', 'lint', 'types', 'secrets', 'vulnerabilities', 'flakiness', 'complexity' }) do
    disabled[#disabled + 1] = '  ' .. gate .. ': {enabled: false}'
  end
  check.write(in_workspace('stagegate.yaml'), vim.list_extend({ 'components:', '  source: ["src/<component>"]', 'gates:' }, disabled))
  check.write(in_workspace('src/calc/__init__.py'), { '__maturity__ = "development"' })
  check.write(in_workspace('tests/test_calc.py'), {})
  check.write(in_workspace('specs/calc.md'), {
    '# calc',
    '',
    '**Component Name:** calc',
    '**Status:** Development',
    '**Target Stage:** staging',
    '',
    '## Overview',
    '',
    'It adds.',
    '',
    '## Requirements',
    '',
    'It adds.',
    '',
    '## Acceptance Criteria',
    '',
    '- [x] it adds',
  })
  git('init', '--quiet', '--initial-branch=main')
  git('config', 'user.name', 'Mara')
  git('config', 'user.email', 'mara@abacus.invalid')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'calc')
  local before = git('rev-parse', 'HEAD')
  vim.lsp.enable('stagegate')
  vim.cmd('filetype on')
  vim.o.hidden = true
  vim.o.autoread = true

  -- The user, who says what is asked and chooses.
  local asked, choices = {}, {}
  vim.ui.select = function(items, options, on_choice)
    asked[#asked + 1] = options.prompt
    for _, item in ipairs(items) do
      if vim.tbl_contains(choices, item.title or item) then
        return on_choice(item)
      end
    end
    on_choice(nil)
  end
  local told = {}
  vim.notify = function(text)
    told[#told + 1] = text
  end

  local spec = check.open(in_workspace('specs/calc.md'))
  if not report(check.client(spec) ~= nil, 'the client attaches to a spec') then
    return
  end
  wait('components are completed', function()
    return vim.deep_equal(vim.fn.getcompletion('Stagegate promote c', 'cmdline'), { 'calc' })
  end)

  vim.cmd('Stagegate dry-run calc staging')
  wait('a dry run shows the plan', function()
    return first_lines()[1] == '# Promotion of calc from development to staging' and vim.bo.filetype == 'markdown'
  end, first_lines)
  report(vim.fn.isdirectory(in_workspace('.stagegate')) == 0, 'and writes nothing')
  vim.api.nvim_set_current_buf(spec)

  vim.cmd('Stagegate promote calc')
  wait('nothing is run before it is trusted', function()
    return vim.tbl_contains(told, 'Stagegate: nothing was run: the workspace is not trusted')
  end, function()
    return told
  end)
  choices = { 'Trust and run', 'Promote' }
  vim.cmd('Stagegate promote calc')
  wait('the promotion ends in a commit', function()
    return on_disk('specs/calc.md'):find('**Status:** Staging', 1, true) ~= nil and git('rev-parse', 'HEAD') ~= before
  end, function()
    return { told, asked }
  end, 60 * check.SECOND)
  wait('and says so', function()
    return vim.iter(asked):any(function(text)
      return text:find('Promotion of `calc` to staging succeeded', 1, true) ~= nil
    end)
  end, function()
    return asked
  end)
  vim.cmd.checktime()
  wait('it can be undone, and has a report', function()
    return vim.deep_equal(vim.fn.getcompletion('Stagegate rollback ', 'cmdline'), { 'calc' })
      and vim.deep_equal(vim.fn.getcompletion('Stagegate report ', 'cmdline'), { 'calc' })
  end)

  choices = { 'Roll back' }
  vim.cmd('Stagegate rollback calc it was a test')
  wait('the rollback restores the files', function()
    return on_disk('specs/calc.md'):find('**Status:** Development', 1, true) ~= nil
  end, function()
    return { told, asked }
  end, 60 * check.SECOND)
  wait('for the reason that was given', function()
    return vim.iter(asked):any(function(text)
      return text:find('Rollback of `calc` to development succeeded', 1, true) ~= nil
    end)
  end, function()
    return asked
  end, 30 * check.SECOND)

  -- What a run left behind is read a moment after it has ended.
  wait('components are listed', function()
    vim.cmd('Stagegate runs')
    return first_lines()[3] == '- calc, development'
  end, first_lines)
  local client = check.client(spec)
  client:stop()
  wait('the client stops', function()
    return check.client(spec) == nil
  end)
end

check.run(main)
