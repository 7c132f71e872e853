-- Runs inside Neovim, started by nvim.sh: TODO comments in files of any language, with a repository on GitHub and no network.

local check = dofile(vim.fs.joinpath(vim.env.HERE, 'nvim-check.lua'))
local report, wait, diagnostic, diagnostics = check.report, check.wait, check.diagnostic, check.diagnostics
local workspace = vim.fs.joinpath(vim.fn.getcwd(), 'todo')

local function in_workspace(path)
  return vim.fs.joinpath(workspace, path)
end

local function git(...)
  local run = vim.system({ 'git', '-C', workspace, ... }, { text = true }):wait()
  assert(run.code == 0, run.stderr)
end

local function main()
  vim.opt.runtimepath:prepend(vim.env.PLUGIN)
  check.write(in_workspace('stagegate.yaml'), { 'issues:', '  fetch: false' })
  check.write(in_workspace('src/cart/price.py'), { 'def price():', '    return 1  # TODO(#12): test', '', '# TODO: round' })
  check.write(in_workspace('src/cart/cart.go'), { 'package cart', '', '// FIXME(acme/shop#12): the same' })
  check.write(in_workspace('specs/cart.md'), { '# Cart', '', '**Component Name:** cart', '', 'Waits for #12.' })
  git('init', '--quiet')
  git('remote', 'add', 'origin', 'https://user:canary@github.com/acme/shop.git')
  vim.lsp.enable('stagegate')
  vim.cmd('filetype on')
  vim.o.hidden = true

  local buf = check.open(in_workspace('src/cart/price.py'))
  local client = check.client(buf)
  if not report(client ~= nil, 'the client attaches to a Python file') then
    return
  end
  local document = { textDocument = vim.lsp.util.make_text_document_params(buf) }
  local function link()
    return (check.request(client, 'textDocument/documentLink', document, buf) or {})[1]
  end
  wait('a reference leads to its issue, by the git remote alone', function()
    local found = link()
    return found and found.target == 'https://github.com/acme/shop/issues/12' and found.range.start.character == 21
  end, link)
  wait('a TODO without an issue is a hint', function()
    local d = diagnostic(buf, 'todo/bare-todo')
    return d and d.severity == 'HINT' and d.from[1] == 3
  end, function()
    return diagnostics(buf)
  end)

  local spec = check.open(in_workspace('specs/cart.md'))
  local params = {
    textDocument = vim.lsp.util.make_text_document_params(spec),
    position = { line = 4, character = 11 },
    context = { includeDeclaration = true },
  }
  local function places()
    local found = check.request(client, 'textDocument/references', params, spec) or {}
    return vim.tbl_map(function(location)
      return vim.fs.basename(vim.uri_to_fname(location.uri)) .. ':' .. location.range.start.line
    end, found)
  end
  wait('from a spec to every TODO of an issue', function()
    return vim.deep_equal(places(), { 'cart.go:2', 'price.py:1' })
  end, places)
  -- Our own watching, or Neovim's.
  check.write(in_workspace('src/cart/cart.go'), { 'package cart' })
  wait('a file that another program changes is looked at again', function()
    return vim.deep_equal(places(), { 'price.py:1' })
  end, places)
  client:stop()
  wait('the client stops', function()
    return client:is_stopped()
  end)
end

check.run(main)
