-- Neovim chooses servers by filetype and knows no path patterns, so the server is attached to every Markdown and YAML
-- file of a project; it knows its own files by their path and answers nothing for the others.

---@type vim.lsp.Config
return {
  cmd = { 'stagegate', 'lsp' },
  filetypes = { 'markdown', 'yaml' },
  root_markers = { 'stagegate.yaml', '.git' },
}
