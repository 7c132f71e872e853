-- What the suites in Neovim share. One line for each check, then the sum; the exit code is 0 only if none failed.

local M = {}

local SECOND = 1000
M.SECOND = SECOND
local passed, failed = 0, 0

---@param good boolean
---@param what string
---@param seen? any What was found instead.
function M.report(good, what, seen)
  if good then
    passed = passed + 1
    io.stdout:write('ok ' .. what .. '\n')
  else
    failed = failed + 1
    local found = seen == nil and '' or ('\n  found: ' .. vim.inspect(seen):gsub('\n', '\n  '))
    io.stdout:write('FAIL ' .. what .. found .. '\n')
  end
  io.stdout:flush()
  return good
end

--- Reports whether `holds` becomes true in time.
---@param what string
---@param holds fun(): boolean?
---@param seen? fun(): any What to show when it does not.
---@param ms? integer
function M.wait(what, holds, seen, ms)
  return M.report((vim.wait(ms or 10 * SECOND, holds, 20)), what, seen and seen() or nil)
end

---@param path string
---@param lines string[]
function M.write(path, lines)
  vim.fn.mkdir(vim.fs.dirname(path), 'p')
  vim.fn.writefile(lines, path)
end

---@param buf integer
function M.client(buf)
  local client = vim.lsp.get_clients({ bufnr = buf, name = 'stagegate' })[1]
  return client and client.initialized and client or nil
end

--- Opens a file and waits for the client, which is attached a moment later; findings of closed files may be there before.
---@param path string
---@return integer buffer
function M.open(path)
  vim.cmd.edit(vim.fn.fnameescape(path))
  local buf = vim.api.nvim_get_current_buf()
  vim.wait(10 * SECOND, function()
    return M.client(buf) ~= nil
  end, 20)
  return buf
end

---@param buf integer
function M.diagnostics(buf)
  return vim.tbl_map(function(d)
    return {
      code = d.code,
      source = d.source,
      severity = vim.diagnostic.severity[d.severity],
      from = { d.lnum, d.col },
      to = { d.end_lnum, d.end_col },
      message = d.message,
    }
  end, vim.diagnostic.get(buf))
end

---@param buf integer
---@param code string
function M.diagnostic(buf, code)
  return vim.iter(M.diagnostics(buf)):find(function(d)
    return d.code == code
  end)
end

---@param client vim.lsp.Client
---@param method string
---@param params table
---@param buf integer
function M.request(client, method, params, buf)
  local answer = client:request_sync(method, params, 10 * SECOND, buf)
  return answer and not answer.err and answer.result or nil, answer
end

--- Runs a suite, prints the sum and ends Neovim.
---@param main fun()
function M.run(main)
  local done, problem = xpcall(main, debug.traceback)
  if not done then
    M.report(false, 'the test itself runs to its end', problem)
  end
  io.stdout:write(('%d passed, %d failed\n'):format(passed, failed))
  io.stdout:flush()
  vim.cmd(failed == 0 and 'qall!' or 'cquit 1')
end

return M
