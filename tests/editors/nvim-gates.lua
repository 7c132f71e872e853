-- Runs inside Neovim, started by nvim.sh: gates of a component, run by `:Stagegate`, with scripts for tools.

local check = dofile(vim.fs.joinpath(vim.env.HERE, 'nvim-check.lua'))
local report, wait, diagnostic, diagnostics = check.report, check.wait, check.diagnostic, check.diagnostics
local workspace = vim.fs.joinpath(vim.fn.getcwd(), 'gates')

local function in_workspace(path)
  return vim.fs.joinpath(workspace, path)
end

local function hints(buf)
  return vim.tbl_map(function(hint)
    return hint.inlay_hint.label
  end, vim.lsp.inlay_hint.get({ bufnr = buf }))
end

local function has_hint(buf, start)
  return vim.iter(hints(buf)):any(function(label)
    return vim.startswith(label, start)
  end)
end

local function main()
  vim.opt.runtimepath:prepend(vim.env.PLUGIN)
  vim.cmd('runtime plugin/stagegate.lua')
  check.write(in_workspace('stagegate.yaml'), {
    'components:',
    '  source: ["src/<component>"]',
    'gates:',
    '  coverage:',
    '    command: [sh, measure.sh, "{report}"]',
    '    format: lcov',
  })
  check.write(in_workspace('measure.sh'), {
    [[printf 'SF:src/calc/__init__.py\nDA:1,1\nDA:2,0\nend_of_record\n' > "$1"]],
  })
  check.write(in_workspace('src/calc/__init__.py'), { 'a = 1', 'b = 2' })
  check.write(in_workspace('specs/calc.md'), {
    '# calc',
    '',
    '**Component Name:** calc',
    '**Status:** Development',
    '**Target Stage:** Staging',
    '',
    '## Acceptance Criteria',
    '',
    '### Staging',
    '',
    '- [ ] Test coverage >= 70%',
  })
  vim.lsp.enable('stagegate')
  vim.cmd('filetype on')
  vim.o.hidden = true

  -- The user, who says what is asked and chooses.
  local asked, choice = {}, 'Not now'
  vim.ui.select = function(items, options, on_choice)
    asked[#asked + 1] = options.prompt
    for _, item in ipairs(items) do
      if (item.title or item) == choice then
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
  vim.lsp.inlay_hint.enable(true, { bufnr = spec })
  local function names(line)
    return vim.fn.getcompletion(line, 'cmdline')
  end
  wait('components are completed', function()
    return vim.deep_equal(names('Stagegate gates c'), { 'calc' })
  end, function()
    return names('Stagegate gates c')
  end)
  report(vim.deep_equal(names('Stagegate gates calc s'), { 'staging' }), 'stages are completed', names('Stagegate gates calc s'))

  vim.cmd('Stagegate gates calc staging coverage')
  wait('nothing runs before it is trusted, and what would run is shown', function()
    return #asked == 1 and asked[1]:find('sh measure.sh', 1, true) ~= nil
  end, function()
    return asked
  end)
  choice = 'Trust'
  vim.cmd('Stagegate trust grant')
  wait('trust is given', function()
    return vim.tbl_contains(told, 'Stagegate: the workspace is trusted')
  end, function()
    return told
  end)

  vim.cmd('Stagegate gates calc staging coverage')
  wait('a gate that is not met is a finding on its line', function()
    local found = diagnostic(spec, 'gate/coverage-not-met')
    return found and found.from[1] == 10
  end, function()
    return diagnostics(spec)
  end)
  wait('the hint shows what was measured', function()
    return has_hint(spec, '✗ 50 %')
  end, function()
    return hints(spec)
  end)

  local source = check.open(in_workspace('src/calc/__init__.py'))
  vim.lsp.inlay_hint.enable(true, { bufnr = source })
  wait('the source shows its coverage', function()
    return has_hint(source, 'covered 1 of 2')
  end, function()
    return hints(source)
  end)
  vim.cmd('Stagegate uncovered')
  wait('uncovered lines are shown', function()
    local found = diagnostic(source, 'uncovered')
    return found and found.from[1] == 1 and found.severity == 'HINT'
  end, function()
    return diagnostics(source)
  end)
  vim.cmd('Stagegate uncovered')
  wait('and hidden', function()
    return diagnostic(source, 'uncovered') == nil
  end)

  check.write(in_workspace('src/calc/__init__.py'), { 'a = 1', 'b = 3' })
  wait('evidence turns stale when its inputs change on disk', function()
    return diagnostic(spec, 'gate/stale-evidence') ~= nil
  end, function()
    return diagnostics(spec)
  end)

  vim.cmd('Stagegate trust show')
  wait('what would be run is shown as a text', function()
    return vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] == 'Trusted: ' .. workspace
  end, function()
    return vim.api.nvim_buf_get_lines(0, 0, 3, false)
  end)
  told = {}
  vim.cmd('Stagegate nonsense')
  report(told[1] and told[1]:find('expected one of: cancel, dashboard, dry-run, gates, promote, report, resume, rollback, runs, stop, tick, trust, uncovered', 1, true), 'another word is refused', told)
  local client = check.client(spec)
  client:stop()
  wait('the client stops', function()
    return client:is_stopped()
  end)
end

check.run(main)
