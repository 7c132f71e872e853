-- What `:Stagegate` does: commands of the server, with their arguments.

local M = {}

local STAGES = { 'development', 'staging', 'production' }

--- The run of gates that was started last, so that it can be cancelled.
---@type { client: vim.lsp.Client, id: integer }?
local running

local function say(text, level)
  vim.notify('Stagegate: ' .. text, level or vim.log.levels.INFO)
end

---@return vim.lsp.Client?
local function find_client()
  local here = vim.lsp.get_clients({ bufnr = 0, name = 'stagegate' })[1]
  return here or vim.lsp.get_clients({ name = 'stagegate' })[1]
end

--- The URI of the file in the current window; nothing where it is none.
---@return string?
local function uri()
  local named = vim.bo.buftype == '' and vim.api.nvim_buf_get_name(0) ~= ''
  return named and vim.uri_from_bufnr(0) or nil
end

---@param command string
---@param argument table
---@param on_result? fun(result: any)
---@return vim.lsp.Client?, integer?
local function execute(command, argument, on_result)
  local client = find_client()
  if not client then
    say('the server does not run; open a file of the project first', vim.log.levels.ERROR)
    return
  end
  local params = { command = command, arguments = { argument } }
  local sent, id = client:request('workspace/executeCommand', params, function(err, result)
    if err then
      say(err.message, vim.log.levels.ERROR)
    elseif on_result then
      on_result(result)
    end
  end, 0)
  return sent and client or nil, id
end

---@param text string
local function show(text)
  local buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, vim.split(text, '\n'))
  vim.bo[buf].modifiable = false
  vim.bo[buf].bufhidden = 'wipe'
  vim.cmd.split()
  vim.api.nvim_win_set_buf(0, buf)
end

--- The names of the components that the server knows.
---@return string[]
local function components()
  local client = find_client()
  local answer = client and client:request_sync('workspace/symbol', { query = '' }, 1000, 0)
  local names = {}
  for _, symbol in ipairs(answer and answer.result or {}) do
    if symbol.kind == vim.lsp.protocol.SymbolKind.Module then
      names[#names + 1] = symbol.name
    end
  end
  return names
end

---@type table<string, { run: fun(arguments: string[]), complete: (fun(): string[])[] }>
local commands
commands = {
  --- `gates [COMPONENT [STAGE [GATE,GATE]]]`; without a component that of the current file.
  gates = {
    run = function(arguments)
      local component, stage, only = unpack(arguments)
      if not component and not uri() then
        say('this is no file of a component; name one: `:Stagegate gates COMPONENT`', vim.log.levels.ERROR)
        return
      end
      local client, id = execute('stagegate.runGates', {
        component = component,
        uri = not component and uri() or nil,
        stage = stage,
        only = only and vim.split(only, ',', { trimempty = true }) or nil,
      }, function()
        running = nil
      end)
      running = client and { client = client, id = id } or running
    end,
    complete = {
      components,
      function()
        return STAGES
      end,
    },
  },
  --- `cancel [COMPONENT]`: stops the run of gates that was started last; with a component its promotion or rollback, which is
  --- undone.
  cancel = {
    run = function(arguments)
      if arguments[1] or not running then
        return commands.stop.run(arguments)
      end
      running.client:cancel_request(running.id)
      running = nil
    end,
    complete = {
      function()
        return commands.stop.complete[1]()
      end,
    },
  },
  --- `trust [show|grant|revoke]`: what the gates of this workspace run, and whether they may.
  trust = {
    run = function(arguments)
      local action = arguments[1] or 'grant'
      execute('stagegate.trust', { action = action, uri = uri() }, function(result)
        if action == 'show' then
          show(result.text)
        else
          say('the workspace is ' .. (result.state == 'trusted' and 'trusted' or 'not trusted'))
        end
      end)
    end,
    complete = {
      function()
        return { 'show', 'grant', 'revoke' }
      end,
    },
  },
  --- `tick`: ticks the criteria of the document that evidence proves.
  tick = {
    run = function()
      execute('stagegate.tickFromEvidence', { uri = uri() })
    end,
    complete = {},
  },
  --- `uncovered`: shows the lines of the file that no test ran, or hides them.
  uncovered = {
    run = function()
      execute('stagegate.showUncovered', { uri = uri() }, function(result)
        say(result.shown and result.summary or 'uncovered lines are hidden')
      end)
    end,
    complete = {},
  },
}

for name, command in pairs(require('stagegate.runs').commands({ execute = execute, say = say, uri = uri, client = find_client })) do
  commands[name] = command
end

---@param arguments string[]
function M.run(arguments)
  local command = commands[arguments[1]]
  if command then
    command.run(vim.list_slice(arguments, 2))
  else
    local names = vim.tbl_keys(commands)
    table.sort(names)
    say(('there is no %q; expected one of: %s'):format(arguments[1], table.concat(names, ', ')), vim.log.levels.ERROR)
  end
end

--- The text of a document that the server had shown.
M.read = require('stagegate.runs').read

---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local words = vim.split(vim.trim(line), '%s+')
  -- The word that is being typed is not finished.
  local finished = lead == '' and #words or #words - 1
  local found
  if finished <= 1 then
    found = vim.tbl_keys(commands)
    table.sort(found)
  else
    local command = commands[words[2]]
    local offer = command and command.complete[finished - 1]
    found = offer and offer() or {}
  end
  return vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, found)
end

return M
