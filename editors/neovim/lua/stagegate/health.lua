-- `:checkhealth stagegate`: this Neovim, the program `stagegate`, and where it is at work.

local M = {}

--- A healthy program answers `--version` within milliseconds; a cold disk may take seconds.
local VERSION_TIMEOUT_MS = 10000

local function check_neovim()
  if vim.fn.has('nvim-0.11') == 1 then
    vim.health.ok('Neovim ' .. tostring(vim.version()))
    return true
  end
  vim.health.error('Neovim 0.11 or newer is needed, and this is ' .. tostring(vim.version()))
  return false
end

--- Returns the program of the configuration, when it is a plain command.
---@return string?
local function configured_program()
  local config = vim.lsp.config['stagegate']
  if not config then
    vim.health.error('There is no configuration `stagegate`', {
      'Put the folder `editors/neovim` on the runtimepath: see |stagegate-install|',
    })
    return nil
  end
  local cmd = config.cmd
  if type(cmd) ~= 'table' then
    vim.health.info('`cmd` is a function, so the program cannot be checked')
    return nil
  end
  return cmd[1]
end

---@param program string
local function check_program(program)
  local advice = {
    "Put `stagegate` on PATH, or name it: vim.lsp.config('stagegate', { cmd = { '/path/to/stagegate', 'lsp' } })",
  }
  local path = vim.fn.exepath(program)
  if path == '' then
    vim.health.error(('`%s` is not a program that can be run'):format(program), advice)
    return
  end
  local started, process = pcall(vim.system, { path, '--version' }, { text = true, timeout = VERSION_TIMEOUT_MS })
  if not started then
    vim.health.error(('`%s` cannot be started: %s'):format(path, process), advice)
    return
  end
  local result = process:wait()
  local version = vim.trim(vim.split(result.stdout or '', '\n')[1])
  if result.code == 0 and version:match('^stagegate %d') then
    vim.health.ok(('%s (%s)'):format(version, path))
    return
  end
  vim.health.error(
    ('`%s --version` ended with code %d and printed "%s"'):format(path, result.code, version),
    advice
  )
end

local function check_clients()
  local clients = vim.lsp.get_clients({ name = 'stagegate' })
  if #clients == 0 then
    vim.health.info("Not running. It starts with a Markdown or YAML file after vim.lsp.enable('stagegate')")
  end
  for _, client in ipairs(clients) do
    local info = client.server_info or {}
    vim.health.ok(
      ('Running: %s %s, root %s, %d buffers'):format(
        info.name or client.name,
        info.version or '',
        client.root_dir or 'none',
        vim.tbl_count(client.attached_buffers)
      )
    )
  end
end

function M.check()
  vim.health.start('stagegate')
  if not check_neovim() then
    return
  end
  local program = configured_program()
  if program then
    check_program(program)
  end
  check_clients()
end

return M
