-- `:Stagegate promote` and the other commands about runs. The server plans, asks and runs; plans and lists are shown in a
-- buffer of their own.

local M = {}

--- What the other module lends: `execute(command, argument, on_result)`, `say(text, level)`, `uri()`, `client()`.
---@type table
local tools

--- Shows Markdown in a scratch buffer.
---@param name string
---@param text string
local function show(name, text)
  local buf = vim.fn.bufadd(name)
  vim.fn.bufload(buf)
  vim.bo[buf].modifiable = true
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, vim.split(text, '\n'))
  vim.bo[buf].buftype = 'nofile'
  vim.bo[buf].bufhidden = 'wipe'
  vim.bo[buf].swapfile = false
  vim.bo[buf].modifiable = false
  vim.bo[buf].filetype = 'markdown'
  local win = vim.fn.bufwinid(buf)
  if win == -1 then
    vim.cmd.split()
    vim.api.nvim_win_set_buf(0, buf)
  else
    vim.api.nvim_set_current_win(win)
  end
end

--- What `stagegate/components` answers.
---@return table[]
local function known()
  local client = tools.client()
  local answer = client and client:request_sync('stagegate/components', vim.empty_dict(), 2000, 0)
  return answer and answer.result or {}
end

--- The names of components.
---@param is_meant fun(component: table): boolean
---@return fun(): string[]
local function names(is_meant)
  return function()
    local found = {}
    for _, component in ipairs(known()) do
      if is_meant(component) then
        found[#found + 1] = component.name
      end
    end
    return found
  end
end

local function is_set(value)
  return value ~= nil and value ~= vim.NIL
end

local function any()
  return true
end

local function has_run(component)
  return is_set(component.run)
end

--- The component that is named, else that of the current file.
---@param name string?
---@return table?
local function about(name)
  if name then
    return { component = name }
  end
  if tools.uri() then
    return { uri = tools.uri() }
  end
  tools.say('this is no file of a component; name one', vim.log.levels.ERROR)
end

--- A command about one component; `more(arguments)` are further arguments of the server's command.
---@param command string
---@param is_meant fun(component: table): boolean
---@param more? fun(arguments: string[]): table
---@param on_result? fun(result: any)
local function of_component(command, is_meant, more, on_result)
  return {
    run = function(arguments)
      local argument = about(arguments[1])
      if argument then
        tools.execute(command, vim.tbl_extend('error', argument, more and more(arguments) or {}), on_result)
      end
    end,
    complete = { names(is_meant) },
  }
end

--- The answer says how a run ended; the message of the server says it as well, with what can be done next.
local function ended(result)
  if result and result.state == 'declined' then
    tools.say(result.summary)
  end
end

---@param result { markdown: string, digest: string, component: string, to: string }
local function planned(result)
  if not vim.startswith(result.uri ~= vim.NIL and result.uri or '', 'stagegate:') then
    show(('stagegate-plan-%s-%s'):format(result.component, result.digest), result.markdown)
  end
end

local function list()
  local lines = { '# Components', '' }
  for _, component in ipairs(known()) do
    local stage = is_set(component.stage) and component.stage or 'backlog'
    local run = has_run(component) and (': ' .. component.run.text .. ' (' .. component.run.id .. ')') or ''
    lines[#lines + 1] = ('- %s, %s%s'):format(component.name, stage, run)
  end
  show('stagegate-runs', table.concat(lines, '\n'))
end

--- The text of a document that the server had shown.
---@param buf integer
---@param uri string
function M.read(buf, uri)
  local client = tools.client()
  local answer = client and client:request_sync('stagegate/plan', { uri = uri }, 2000, 0)
  local text = answer and is_set(answer.result) and answer.result or 'This plan is not kept any more.'
  vim.bo[buf].modifiable = true
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, vim.split(text, '\n'))
  vim.bo[buf].buftype = 'nofile'
  vim.bo[buf].swapfile = false
  vim.bo[buf].modified = false
  vim.bo[buf].modifiable = false
  vim.bo[buf].filetype = 'markdown'
end

--- The commands, in the shape of those in `stagegate.commands`.
---@param given table
---@return table<string, { run: fun(arguments: string[]), complete: (fun(): string[])[] }>
function M.commands(given)
  tools = given
  local to = function(arguments)
    return { to = arguments[2] }
  end
  local stages = function()
    return { 'development', 'staging', 'production' }
  end
  local promote = of_component('stagegate.promote', any, to, ended)
  local dry_run = of_component('stagegate.dryRun', any, to, planned)
  promote.complete[2], dry_run.complete[2] = stages, stages
  return {
    --- `promote [COMPONENT [STAGE]]`; without a component that of the current file.
    promote = promote,
    --- `dry-run [COMPONENT [STAGE]]`: shows the plan, and changes nothing.
    ['dry-run'] = dry_run,
    --- `rollback [COMPONENT [REASON...]]`: undoes its last promotion.
    rollback = of_component('stagegate.rollback', function(component)
      return component.undoable
    end, function(arguments)
      local reason = table.concat(vim.list_slice(arguments, 2), ' ')
      return { reason = reason ~= '' and reason or nil }
    end, ended),
    --- `resume [COMPONENT]`: lets its interrupted run go on.
    resume = of_component('stagegate.resume', has_run, nil, ended),
    --- `stop [COMPONENT]`: cancels its run, and has undone what it did.
    stop = of_component('stagegate.cancel', has_run, nil, ended),
    --- `runs`: the components and what is under way.
    runs = { run = list, complete = {} },
    --- `report [COMPONENT]`: shows the report of its last run.
    report = of_component('stagegate.openReport', function(component)
      return component.has_report
    end),
    --- `dashboard`: shows the dashboard in a browser.
    dashboard = {
      run = function()
        tools.execute('stagegate.openDashboard', tools.uri() and { uri = tools.uri() } or vim.empty_dict())
      end,
      complete = {},
    },
  }
end

return M
