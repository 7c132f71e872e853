-- Neovim chooses servers by filetype and knows no path patterns, so the server is attached to every Markdown and YAML
-- file of a project; it knows its own files by their path and answers nothing for the others. Of Python, TOML and JSON
-- only the files are taken that may declare the stage of a component.

local DECLARE_A_STAGE = { ['__init__.py'] = true, ['Cargo.toml'] = true, ['package.json'] = true }
local BY_NAME = { python = true, toml = true, json = true }

-- The server says when lenses may have changed, for example because another program promoted a dependency. Neovim 0.11
-- does not listen, so it is done here, for the buffers in which lenses are shown already.
local LENSES_CHANGED = 'workspace/codeLens/refresh'
local capabilities, handlers = nil, nil
if not vim.lsp.handlers[LENSES_CHANGED] then
  capabilities = { workspace = { codeLens = { refreshSupport = true } } }
  handlers = {
    [LENSES_CHANGED] = function(_, _, context)
      local client = vim.lsp.get_client_by_id(context.client_id)
      for buf in pairs(client and client.attached_buffers or {}) do
        if #vim.lsp.codelens.get(buf) > 0 then
          vim.lsp.codelens.refresh({ bufnr = buf })
        end
      end
      return vim.NIL
    end,
  }
end

---@type vim.lsp.Config
return {
  cmd = { 'stagegate', 'lsp' },
  filetypes = { 'markdown', 'yaml', 'python', 'toml', 'json' },
  root_dir = function(buf, on_dir)
    local file = vim.fs.basename(vim.api.nvim_buf_get_name(buf))
    if not BY_NAME[vim.bo[buf].filetype] or DECLARE_A_STAGE[file] then
      on_dir(vim.fs.root(buf, 'stagegate.yaml') or vim.fs.root(buf, '.git'))
    end
  end,
  capabilities = capabilities,
  handlers = handlers,
}
