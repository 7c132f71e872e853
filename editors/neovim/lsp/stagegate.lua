-- A TODO comment may stand in a file of any language, so the server is attached to every file of a project; it knows its
-- own files by their path, and of the others it reads nothing but such comments.

-- The server says when lenses may have changed, for example because another program promoted a dependency. Neovim 0.11
-- does not listen, so it is done here, for the buffers in which lenses are shown already.
local LENSES_CHANGED = 'workspace/codeLens/refresh'
-- Plans are documents of the server, whose text the plugin asks for.
local capabilities, handlers = { experimental = { ['stagegate/virtualDocuments'] = true } }, nil
if not vim.lsp.handlers[LENSES_CHANGED] then
  capabilities.workspace = { codeLens = { refreshSupport = true } }
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
  root_dir = function(buf, on_dir)
    on_dir(vim.fs.root(buf, 'stagegate.yaml') or vim.fs.root(buf, '.git'))
  end,
  capabilities = capabilities,
  handlers = handlers,
}
